"""Records of workflow runs that other programs can read; Wherry's own."""

from wherry.core.workflow.record_fields import WorkflowRecordError
from wherry.core.workflow.record_making import plan_of, record_of
from wherry.core.workflow.workflow_record import ResourcesUsed, StepRecord, WorkflowRef, WorkflowRunRecord

__all__ = [
    "ResourcesUsed",
    "StepRecord",
    "WorkflowRecordError",
    "WorkflowRef",
    "WorkflowRunRecord",
    "plan_of",
    "record_of",
]
