"""Values and slopes written by hand, for losses that autograd would keep many arrays for; the rest by the definition.

Derivatives of derivatives, forward mode and vmap come from the definition, so that all of them agree with it.
"""

import torch


def by_hand(define, compute, pull, sides, fixed=()):
    """``define(*sides, *fixed)``, a tensor, by way of ``compute`` and with the slopes of ``pull``.

    sides: tensors that the value may be differentiated in; fixed: other tensors, or None. All tensors must be passed
    so, and none be enclosed in the functions: torch.func unwraps those that it sees.
    compute: a function (*sides, *fixed, wanted) that returns a tuple, the value and any tensors to keep for the way
    back; wanted says for each side whether its slope may be asked for. It sees plain tensors and may write in place on
    what it made. pull: a function (sides, fixed, kept, upstream, wanted) that returns the slope of each side, times
    upstream; None where it is not wanted.
    """
    wanted = tuple(torch.is_grad_enabled() and side.requires_grad for side in sides)
    return _ByHand.apply(define, compute, pull, wanted, *sides, *fixed)[0]


class _ByHand(torch.autograd.Function):
    @staticmethod
    def forward(define, compute, pull, wanted, *tensors):
        return compute(*(None if t is None else t.detach() for t in tensors), wanted)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.define, _, ctx.pull, wanted, *tensors = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)
        ctx.count, ctx.given, ctx.outputs, ctx.shape = len(wanted), len(tensors), len(output), output[0].shape
        ctx.save_for_backward(*tensors, *output[1:])
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx, upstream, *_):
        tensors, kept = ctx.saved_tensors[: ctx.given], ctx.saved_tensors[ctx.given :]
        sides, fixed = tensors[: ctx.count], tensors[ctx.count :]
        others = (None,) * len(fixed)
        if upstream is None:
            return *(None,) * (4 + ctx.count), *others
        if torch.is_grad_enabled():
            slopes = torch.func.vjp(lambda *s: ctx.define(*s, *fixed), *sides)[1](upstream)
        else:
            slopes = ctx.pull(sides, fixed, kept, upstream, ctx.needs_input_grad[4 : 4 + ctx.count])
        return None, None, None, None, *slopes, *others

    @staticmethod
    def jvp(ctx, *tangents):
        sides, fixed = ctx.saved_tensors[: ctx.count], ctx.saved_tensors[ctx.count : ctx.given]
        given = zip(sides, tangents[4 : 4 + ctx.count], strict=True)
        tangents = tuple(torch.zeros_like(s) if t is None else t for s, t in given)

        def pulled(upstream):
            return torch.func.vjp(lambda *s: ctx.define(*s, *fixed), *sides)[1](upstream)

        # linear in what it is given: its own pull is the push
        moved = torch.func.vjp(pulled, sides[0].new_zeros(ctx.shape))[1](tangents)[0]
        return moved, *(None,) * (ctx.outputs - 1)

    @staticmethod
    def vmap(info, in_dims, define, compute, pull, wanted, *tensors):
        return (torch.vmap(define, in_dims[4:])(*tensors),), (0,)
