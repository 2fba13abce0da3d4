"""What the synthetic smears are drawn from, as validated parameters."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leukosmear.parameters import Parameters

ScaleBarKind = Literal["white_box", "red", "large_200", "large_500"]


class Distribution(Parameters):
    """A normal distribution cut off at two standard deviations."""

    mean: float = Field(description="Mean, in the unit of the quantity.")
    sd: float = Field(ge=0, description="Standard deviation before the cut, in the unit of the quantity.")


class CellClass(Parameters):
    """How the stained cells of one class look; nothing else in an image depends on the class."""

    fewest_cells: int = Field(ge=1, description="Fewest cells in a frame.")
    most_cells: int = Field(ge=1, le=40, description="Most cells in a frame.")
    nucleus_diameter: Distribution = Field(description="Diameter of a disc of the nucleus's area, in um.")
    nuclear_fraction: Distribution = Field(description="Area of the nucleus over that of the cell, 0 to 1.")
    elongation: Distribution = Field(description="Long over short axis of the nucleus, 1 or more.")
    irregularity: float = Field(
        ge=0, le=0.3, description="Standard deviation of the nuclear radius along the outline, over its mean."
    )
    cleft_probability: float = Field(ge=0, le=1, description="Share of the nuclei with a cleft.")
    chromatin_density: Distribution = Field(description="Optical density over that of the stain, mean 1.")
    chromatin_contrast: float = Field(
        ge=0, le=1, description="Standard deviation of the chromatin's density over its mean."
    )
    chromatin_grain: float = Field(gt=0, le=3, description="Size of the chromatin's clumps (sigma), in um.")
    fewest_nucleoli: int = Field(ge=0, description="Fewest nucleoli in a nucleus.")
    most_nucleoli: int = Field(ge=0, le=6, description="Most nucleoli in a nucleus.")
    nucleolus_diameter: float = Field(gt=0, le=5, description="Diameter of a nucleolus, in um.")
    cytoplasm_density: Distribution = Field(description="Optical density over that of the stain, mean 1.")

    @model_validator(mode="after")
    def _ranges_are_ordered(self) -> Self:
        for name in ("cells", "nucleoli"):
            fewest, most = getattr(self, f"fewest_{name}"), getattr(self, f"most_{name}")
            if fewest > most:
                raise ValueError(
                    f"Expected fewest_{name} <= most_{name}. Received: fewest_{name}={fewest}, most_{name}={most}."
                )
        return self


class SampleDataParameters(Parameters):
    """The whole embedded sample: how many images of what, and from which seed."""

    seed: int = Field(ge=0, description="Seed of everything that is drawn.")
    n_per_class: int = Field(ge=1, description="Images per class; a multiple of n_acquisitions.")
    n_acquisitions: int = Field(
        ge=1, description="Synthetic acquisitions (a stain and a microscope each), shared by all classes."
    )
    image_size: int = Field(ge=64, le=2048, description="Width and height of an image, in pixels.")
    pixel_size: float = Field(gt=0, description="Height of a pixel, in um.")
    aspect_ratio: float = Field(
        ge=1, le=2, description="Width over height of the field that is squeezed to a square image."
    )
    shifted_fraction: float = Field(
        ge=0, le=0.5, description="Chance that a photograph's field is taken a second time, shifted."
    )
    smallest_overlap: float = Field(
        ge=0.1, lt=1, description="Least share of the frame's area that a shifted pair has in common."
    )
    largest_overlap: float = Field(
        gt=0.1, lt=1, description="Largest share of the frame's area that a shifted pair has in common."
    )
    n_identical_pairs: int = Field(ge=0, description="Pairs of files that are identical to the byte.")
    red_cells_per_frame: float = Field(ge=0, le=400, description="Mean number of red cells in a frame.")
    scale_bars: Annotated[tuple[ScaleBarKind, ...], Field(min_length=1)] = Field(
        description="Kinds of scale bar, dealt out to the acquisitions in turn."
    )
    classes: Annotated[dict[str, CellClass], Field(min_length=1)] = Field(
        description="Class name (the folder's name) to the look of its cells."
    )

    @model_validator(mode="after")
    def _is_balanced(self) -> Self:
        if self.n_per_class % self.n_acquisitions:
            raise ValueError(
                "Expected n_per_class to be a multiple of n_acquisitions, so that every acquisition holds "
                f"every class equally often. Received: n_per_class={self.n_per_class}, "
                f"n_acquisitions={self.n_acquisitions}."
            )
        if self.smallest_overlap > self.largest_overlap:
            raise ValueError(
                f"Expected smallest_overlap <= largest_overlap. Received: smallest_overlap="
                f"{self.smallest_overlap}, largest_overlap={self.largest_overlap}."
            )
        room = len(self.classes) * (self.n_per_class // self.n_acquisitions // 2)
        if self.n_identical_pairs > room:
            raise ValueError(
                f"Expected n_identical_pairs <= {room}, one for each class and two rounds of the "
                f"acquisitions. Received: n_identical_pairs={self.n_identical_pairs}."
            )
        return self
