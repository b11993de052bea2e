"""The "music" frames that the fingerprint reads: what the shared pass has to compute.

Power spectra of mono sound at 11,025 Hz, which holds everything up to 5.5 kHz: melody, harmony and the body of
drums, all of which survive low bit rates. 4,096 samples (371 ms) separate semitones from about 180 Hz on and whole
tones from 100; a hop of 1,024 samples (93 ms) is a quarter of the window, so that a copy cut at any sample sees nearly
the same frames.
A shorter window (2,048) or hop (512) found no more of the peaks again under noise, reverberation, speed and
pitch changes (measured on real recordings), at twice the cost.
"""

RATE_HZ = 11_025
"""Sample rate of the mono signal the frames are cut from, in Hz."""

N_FFT = 4_096
"""Samples per frame, under a periodic Hann window."""

HOP = 1_024
"""Samples from the start of one frame to the start of the next."""

FRAME_RATE_HZ = RATE_HZ / HOP
"""Frames per second, about 10.77."""

BINS = N_FFT // 2 + 1
"""Values per frame: ``power[frame, bin] = |rfft(hann * x[frame * HOP : frame * HOP + N_FFT])[bin]|**2``, no padding
at the start, so that frame k is centred at ``(k * HOP + N_FFT / 2) / RATE_HZ`` seconds; full scale is +-1."""
