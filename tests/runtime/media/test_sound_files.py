"""`wherry.utils.audio`: sound of a model as files."""

from __future__ import annotations

import wave
from base64 import b64encode
from io import BytesIO

import pytest

from wherry.utils.audio import pcm_to_wav_bytes, write_audio_to_file, write_wav_audio_to_file


def _shape(source):
    with wave.open(source, "rb") as sound:
        return sound.getnchannels(), sound.getframerate(), sound.getsampwidth(), sound.readframes(9)


def test_samples_become_a_wav_file(tmp_path):
    samples = b"\x01\x00\x02\x00"
    assert _shape(BytesIO(pcm_to_wav_bytes(samples))) == (1, 24_000, 2, samples)
    assert _shape(BytesIO(pcm_to_wav_bytes(samples, 2, 8_000, 1))) == (2, 8_000, 1, samples)
    target = tmp_path / "new" / "deep" / "tide.wav"
    write_wav_audio_to_file(str(target), samples, rate=16_000)
    assert _shape(str(target)) == (1, 16_000, 2, samples)


def test_base64_is_written_as_bytes(tmp_path):
    target = tmp_path / "new" / "tide.mp3"
    for content in (b"first, and longer", b"second", b""):
        write_audio_to_file(b64encode(content), str(target))
        assert target.read_bytes() == content
    with pytest.raises(ValueError, match="base64"):
        write_audio_to_file("x", str(target))
    with pytest.raises(ValueError, match="base64"):
        write_audio_to_file("x", str(tmp_path / "none" / "tide.mp3"))
    assert not (tmp_path / "none").exists()
    assert target.read_bytes() == b""
