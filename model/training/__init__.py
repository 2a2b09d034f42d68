"""Networks brought into bundles, and trained on one's own pictures. torch is known here alone, never while serving.

From a network of torchvision or timm to a bundle, in reading order:

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
    calibration, quantise, agreement    a bundle with 8-bit convolutions, and how far it agrees with the float one
    zoo          what is known of a network without its weights: `inspect_network`

From a bundle and labelled pictures to another bundle:

    recipe       the steps, from a plan (model.plan) to the bundle: `train`
    preparation  the pictures are looked at, the base is opened, its features are computed
    base, trunk  the network that is begun with: its graph, and in torch up to its last maps
    head_modules the heads that can be trained: `build_head`
    pairs        what is marked as a wrong reason, cut out or put elsewhere: pictures to say the same of
    mending      a correction from its table to before and after
    objective    the loss, and when an answer is right
    order        in which order pictures are seen, the same for a seed wherever it begins
    learner      the Lightning module: how fast each part learns
    callbacks    what is told, kept and stopped beside the steps
    trainers, processes    Lightning's Trainer, and which of several processes this is
    head_fit     stage one, the head alone on features that were computed once: `fit_head`
    photo_data   pictures to fine-tune on, augmented
    finetune     stage two, all of the network: `fit_network`
    run_folder   what is done already, to be resumed
    surgery      another head on a graph: `replace_head`
    judging, mistakes    what the finished network is worth, and what it gets wrong worst
    finishing    it is compared with torch, judged, written, and accounts for itself

What the choice of a head does:

    arena        one network, one set of pictures, the same maps for all heads
    localisation whether their maps lie where the boxes are
    comparison   all of them, with the same budget and seeds: `compare_heads`
"""
