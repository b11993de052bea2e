"""Sound in, numbers out: decoding under limits, the shared spectra, and the descriptors that are made of them."""
