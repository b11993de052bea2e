"""What a cover looks like: a perceptual hash, so that the same picture is known again after scaling and recoding."""
