"""Times what PyTorch has for the kernels of runtime/native/cuda, as graphs of launches, cold; see torch.ts."""
import json
import statistics
import sys

try:
    import torch
    import torch.nn.functional as functional
    from torch.nn.attention.bias import causal_lower_right
except ImportError:
    sys.exit("python3 has no torch")
if not torch.cuda.is_available():
    sys.exit("torch sees no GPU")

LAUNCHES, REPEATS, COLD_BYTES = 16, 9, 256 << 20
DEVICE = "cuda"


def random(*size, dtype=torch.bfloat16):
    return (torch.rand(*size, device=DEVICE, dtype=torch.float32) * 0.1 - 0.05).to(dtype)


def cold(*size):
    """Copies of one tensor, so many that caches do not have it when its turn comes."""
    elements = 1
    for length in size:
        elements *= length
    return [random(*size) for _ in range(min(LAUNCHES, COLD_BYTES // (2 * elements) + 1))]


def product(case):
    rows, inputs, outputs = case["rows"], case["inputs"], case["outputs"]
    weights, given = cold(outputs, inputs), random(rows, inputs)
    return lambda i: functional.linear(given, weights[i % len(weights)])


def product_add(case):
    multiply, sums = product(case), random(case["rows"], case["outputs"])
    return lambda i: sums.add_(multiply(i))


def product_gate(case):
    multiply, outputs = product({**case, "outputs": 2 * case["outputs"]}), case["outputs"]

    def run(i):
        both = multiply(i)
        return functional.silu(both[:, :outputs]) * both[:, outputs:]

    return run


def attention(case, sequences, queries, is_causal):
    heads, keys, width, context = case["heads"], case["kvHeads"], case["headDim"], case["contextTokens"]
    asked = random(sequences, heads, queries, width)
    caches = cold(2, sequences, keys, context, width)
    mask = None
    if is_causal and queries < context:
        # A mask of its own kind, which flash attention takes, as it takes no tensor.
        mask = causal_lower_right(queries, context)
        is_causal = False

    def run(i):
        key, value = caches[i % len(caches)]
        return functional.scaled_dot_product_attention(
            asked, key, value, attn_mask=mask, is_causal=is_causal, enable_gqa=True
        )

    return run


def norm(case):
    given, weights = random(case["rows"], case["inputs"], dtype=torch.float32), random(case["inputs"])
    return lambda i: functional.rms_norm(given.to(torch.bfloat16), weights.shape, weights, 1e-5)


def embed(case):
    table = random(case["vocabulary"], case["inputs"])
    ids = torch.arange(case["rows"], device=DEVICE) * 7919 % case["vocabulary"]
    return lambda i: functional.embedding(ids, table).float()


def place(case):
    rows, heads, keys, width = case["rows"], case["heads"], case["kvHeads"], case["headDim"]
    given = random(rows, heads + 2 * keys, width)
    turns = random(rows, 1, width)
    cache = random(2, rows, keys, width)

    def run(i):
        turned = given[:, : heads + keys]
        half = torch.cat((-turned[..., width // 2 :], turned[..., : width // 2]), -1)
        turned = turned * turns + half * turns
        cache[0].copy_(turned[:, heads:])
        cache[1].copy_(given[:, heads + keys :])
        return turned

    return run


def sample(case, deviation=3.0):
    logits = torch.randn(case["rows"], case["vocabulary"], device=DEVICE) * deviation
    if not case.get("temperature"):
        return lambda i: logits.argmax(-1)

    def run(i):
        shares, order = torch.softmax(logits / case["temperature"], -1).sort(descending=True)
        shares = shares.masked_fill(shares.cumsum(-1) - shares > case["topP"], 0)
        drawn = (shares / torch.empty_like(shares).exponential_()).argmax(-1, keepdim=True)
        return order.gather(-1, drawn)

    return run


def copy(case):
    given = random(case["inputs"], dtype=torch.float32)
    taken = torch.empty_like(given)
    return lambda i: taken.copy_(given)


def read(case):
    given = random(case["inputs"], dtype=torch.float32)
    return lambda i: given.sum()


KERNELS = {
    "read": read,
    "copy": copy,
    "product": product,
    "product-add": product_add,
    "product-gate": product_gate,
    "product-wgmma": product,
    "product-add-wgmma": product_add,
    "product-gate-wgmma": product_gate,
    # PyTorch has the same product of bfloat16: what codes save is seen beside it.
    "product-int8": product,
    "product-int4": product,
    "norm": norm,
    "embed": embed,
    "place": place,
    "decode": lambda case: attention(case, case["rows"], 1, False),
    "prefill": lambda case: attention(case, 1, case["rows"], True),
    "sample": sample,
    "sample-flat": lambda case: sample(case, deviation=0.03),
}


def milliseconds(run):
    aside = torch.cuda.Stream()
    with torch.cuda.stream(aside):
        for i in range(3):
            run(i)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for i in range(LAUNCHES):
            run(i)
    times = []
    for repeat in range(REPEATS + 1):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        graph.replay()
        end.record()
        end.synchronize()
        if repeat > 0:
            times.append(begin.elapsed_time(end) / LAUNCHES)
    return statistics.median(times)


def timed(case):
    try:
        return milliseconds(KERNELS[case["kernel"]](case))
    except RuntimeError:
        return None
    finally:
        torch.cuda.empty_cache()


def tell(said):
    print(json.dumps(said), flush=True)


tell({"torch": torch.__version__})
with torch.inference_mode():
    for case in json.load(sys.stdin):
        tell({"name": case["name"], "milliseconds": timed(case)})
