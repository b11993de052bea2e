"""Training of the residual network on pairs."""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from classifiers.ai.network import RATE_HZ, ResidualNetwork, residual
from classifiers.training.network import sound as way

PIECE_S = 2.0
"""Length of what the network is trained on: half of a stretch, for twice as many."""

_COUNT = int(PIECE_S * RATE_HZ)


def on_its_way(pairs: Tensor, random: torch.Generator, dice: np.random.Generator) -> Tensor:
    """Pairs ``(pairs, 2, samples)`` cut, played at other rates, filtered, limited, in noise; both halves alike.

    Gives ``(2 x pairs, samples)``: the plain half of each pair, and the decoded one after it.
    """
    device, count = pairs.device, len(pairs)
    start = int(dice.integers(pairs.shape[-1] - _COUNT + 1))
    flat = pairs[:, :, start : start + _COUNT].float().flatten(0, 1)

    def for_both(values: Tensor) -> Tensor:
        return values.repeat_interleave(2, dim=0)

    if dice.random() < 0.4:
        flat = way.fitted(way.played(flat, float(2 ** dice.uniform(-0.33, 0.33))), _COUNT)
    flat = way.filtered(flat, for_both(way.equaliser(count, 10.0, random, device)))
    if dice.random() < 0.5:
        flat = way.filtered(flat, for_both(way.low_pass(count, 0.25, random, device)))
    if dice.random() < 0.25:
        flat = way.limited(flat, for_both(12 * torch.rand(count, 1, generator=random, device=device)))
    if dice.random() < 0.4:
        ratio = 10 ** (-(25 + 40 * torch.rand(count, 1, generator=random, device=device)) / 20)
        noise = torch.randn(flat.shape, generator=random, device=device)
        flat = flat + noise * way.level(flat) * for_both(ratio)
    return flat


def fit_network(
    pairs: NDArray[np.float16], steps: int, batch: int, device: torch.device, progress: Callable[[int], None]
) -> ResidualNetwork:
    """Train on pairs ``(pairs, 2, samples)``, the plain half first, ``batch`` of them a step.

    The loss asks each half for its class, and of a pair that the decoded half scores higher: what differs between the
    halves is the trace alone, whatever the music.
    """
    random, dice = torch.Generator(device=device).manual_seed(1), np.random.default_rng(1)
    torch.manual_seed(1)
    network = ResidualNetwork()
    network.to(device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (0.05 * steps)) * (1 + math.cos(math.pi * step / steps)) / 2
    )
    for step in range(steps):
        chosen = torch.from_numpy(pairs[np.sort(dice.integers(len(pairs), size=batch))]).to(device)
        values = residual(on_its_way(chosen, random, dice)).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            logits = network(values).float()
        plain, made = logits[0::2], logits[1::2]
        loss = functional.softplus(torch.cat([plain, -made])).mean() + 0.5 * functional.softplus(plain - made).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        progress(step + 1)
    network.eval()
    return network
