from leukosmear.figures import class_colours, model_colours, new_figure


def test_colours_are_distinct_and_stay_with_their_position():
    names = [f"name {i}" for i in range(40)]
    many = class_colours(names)
    assert len(set(many.values())) == 40
    assert all(len(colour) == 7 and colour.startswith("#") for colour in many.values())
    assert class_colours(names[:3]) == {name: many[name] for name in names[:3]}
    assert model_colours(["b", "a"]) == model_colours(["a", "b"])


def test_layout_is_worked_out_once(tmp_path):
    figure = new_figure(3, 2)
    figure.subplots().set_ylabel("label that needs room")
    figure.savefig(tmp_path / "one.png")
    place = figure.axes[0].get_position().bounds
    figure.savefig(tmp_path / "one.svg")
    assert figure.axes[0].get_position().bounds == place
    assert place[0] > 0.15  # the default of figures that nothing lays out is 0.125


def test_style_holds_for_axes_and_leaves_matplotlib_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    axes = new_figure(3, 2).subplots()
    title = axes.set_title("title", loc="left")
    assert title.get_weight() == "bold"
    assert not axes.spines["top"].get_visible()
    assert dict(matplotlib.rcParams) == before
