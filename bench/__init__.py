"""Camscope measured side by side with the bare network and with its peers: `make bench`.

How it is kept fair is in docs/decisions/0080-how-the-benchmark-is-fair.md. In reading order:

    __main__     the command: parts, rounds, where the results go
    environment  .venv-bench, with the peers beside what `make run` installed
    context      what every section is given
    racing       contestants in random order, each warmed, round after round; medians and ratios
    results      what a section brings back: rows, measurements of bars, notes
    bars         the registry of bars: what must be reached
    sections     the registry of sections, and running them
    report       the tables; `summary.json`
    plot         the figures as a picture
    document     puts a run's bars and picture into the README: `python -m bench.document`
    machine      cores, processor, versions
    pictures     the photos that are measured with
    bare         the network alone in ONNX Runtime
    mapped       the maps of Camscope's answer
    peers        pytorch-grad-cam and TorchCAM, used as their own guides show
    rivals/      plain apps around them, as people write them today
    servers      Camscope's server and the rivals', each a process
    processes    their memory and processor time
    uploads      requests as bytes that are ready to send
    client       sends them: many clients in one small process of its own
    load         runs the client; by itself: `python -m bench.load --clients 16 --store false`
    agreement    that servers measured side by side compute the same map

Sections, each `run(context) -> Result`:

    one_photo    1: JPEG bytes to a map the size of the photo, and to a coloured picture
    classes      2: five maps and all of them, over one
    batched      3: many decoded photos
    http_load    4: the API under load, beside two plain apps
    start        5: start, import time, memory
    folder       6: `camscope explain FOLDER`
    training     7: a head on cached features, and the tutorial's loop (`plain_loop`)
    gpu          8: batches on a GPU, where there is one, beside PyTorch (`gpu_rival`)
    corrections  9: a planted wrong reason (`planted`) unlearned, and other ways to do that (`ways`)

Apart from these: `training_latency`, how much a running training slows answers.
"""
