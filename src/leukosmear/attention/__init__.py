"""What networks look at: Grad-CAM, and what they say of images whose cells or background were exchanged."""
