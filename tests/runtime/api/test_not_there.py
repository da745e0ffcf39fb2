"""Who asks for an endpoint of AgentOS that is not served is told which feature that is, and what to do instead."""

import pytest
from api_desk import BASE, client_of, service_in


@pytest.fixture
def client(tmp_path):
    with client_of(service_in(tmp_path)) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "feature"),
    [
        ("GET", "/schedules", "os.scheduler"),
        ("POST", "/schedules/s1/trigger", "os.scheduler"),
        ("GET", "/filesystem/content", "os.filesystem"),
        ("GET", "/components/c1/configs/2", "agent.studio"),
        ("POST", "/databases/all/migrate", "storage.migrations"),
        ("POST", "/knowledge/remote-content", "os.knowledge"),
        ("DELETE", "/queue", "os.queue"),
    ],
)
def test_an_endpoint_of_agentos_that_is_not_there_names_its_feature(client, method, path, feature):
    answer = client.request(method, path)
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code in (404, 405)
    assert told["feature"] == feature
    assert told["page"].endswith(f"/features/{feature}/")
    assert len(told["fallback"]) > 10
    assert path in told["detail"]


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/schedule", "/schedules-of-mine", "/my%20/schedules", f"{BASE}/nothing", "/agents/ada/nothing"],
)
def test_of_other_paths_nothing_is_claimed(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "feature" not in answer.text
