"""`agno.utils.audio`: sound that a model gave, as a file.

For applications that import these functions; the runtime itself writes no files of sound.
"""

from __future__ import annotations

import io
import wave
from base64 import b64decode
from pathlib import Path
from typing import IO, Any

from wherry.core.log import log_info
from wherry.core.matrix import module_getattr

__all__ = ["pcm_to_wav_bytes", "write_audio_to_file", "write_wav_audio_to_file"]

_CHANNELS, _RATE, _WIDTH = 1, 24_000, 2


def pcm_to_wav_bytes(
    pcm_data: bytes, channels: int | None = None, rate: int | None = None, sample_width: int | None = None
) -> bytes:
    """Bare samples as the bytes of a WAV file.

    Args:
        pcm_data: The samples.
        channels: How many at a time; None: one.
        rate: Samples per second; None: 24000.
        sample_width: Bytes of a sample; None: two.
    """
    written = io.BytesIO()
    _write(written, pcm_data, channels or _CHANNELS, rate or _RATE, sample_width or _WIDTH)
    return written.getvalue()


def write_audio_to_file(audio: Any, filename: str) -> None:
    """Write sound in base64 into a file, whose folder is made if need be.

    Args:
        audio: Base64, as text or bytes.
        filename: Where; a file that is there is replaced.

    Raises:
        ValueError: It is no base64 (`binascii.Error`).
    """
    content = b64decode(audio)
    _placed(filename).write_bytes(content)
    log_info(f"Audio file saved to {filename}")


def write_wav_audio_to_file(
    filename: str, pcm_data: bytes, channels: int = _CHANNELS, rate: int = _RATE, sample_width: int = _WIDTH
) -> None:
    """Write bare samples into a WAV file, whose folder is made if need be.

    Args:
        filename: Where; a file that is there is replaced.
        pcm_data: The samples.
        channels: How many at a time.
        rate: Samples per second.
        sample_width: Bytes of a sample.
    """
    with _placed(filename).open("wb") as file:
        _write(file, pcm_data, channels, rate, sample_width)
    log_info(f"WAV file saved to {filename}")


def _placed(filename: str) -> Path:
    path = Path(filename)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write(target: IO[bytes], samples: bytes, channels: int, rate: int, width: int) -> None:
    with wave.open(target, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(samples)


__getattr__ = module_getattr(__name__, "agno.utils.audio")
