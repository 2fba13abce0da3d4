"""Random changes of training images: where each pixel comes from, how strongly it is stained, what is cut out.

Every change is a function of images and of random numbers from -1 to 1, in `keras.ops`, so that the same numbers give
the same images on every backend; `layer.Augmentation` draws the numbers.
"""
