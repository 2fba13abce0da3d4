"""The networks, each a function `(input_shape, n_classes, **options) -> keras.Model`.

Every network takes raw pixels, RGB from 0 to 255, rescales them itself and returns class probabilities in
float32, so that a saved network needs nothing beside it. Parameters name a network by its import path.
"""
