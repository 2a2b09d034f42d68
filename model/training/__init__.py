"""Networks of torchvision and timm, brought into bundles. The only place that knows torch; serving never imports it.

In reading order:

    networks     which networks there are, by name
    recording    what a network did in one forward pass
    operations   the operations that a head is made of
    heads        the head, found in the recording: `cut`
    refusals     why there is none, in one sentence
    sizes        what input a network takes, and how large its maps then are
    receptive    where the cells of those maps lie
    traits       what weights say of their own preprocessing
    labels       what classes are called
    state_dict   weights from a file, read without running anything in it
    reach        whether anybody could give us weights, asked without torch
    download     weights from the net, without waiting for one that is not there
    weights      a network with weights, from either: `load_network`
    padding      "same" padding made static
    layers       the network as a table: `layer_table`
    export, graph    a verified ONNX graph with features and logits
    bundles      all of it in a model folder: `make_bundle`
    default      the embedded network: `prepare_default`; `python -m model.training CACHE_DIR`
    zoo          what is known of a network without its weights: `inspect_network`
"""
