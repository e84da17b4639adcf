"""Chinese: "图里左上角有一个带条纹的红色的小圆形,右边有一颗蓝色星星。" Each noun has its measure word."""

from mmlearn.data.scenes.chance import Chooser
from mmlearn.data.scenes.facts import Thing
from mmlearn.data.scenes.languages.language import Language, all_forms, either

MEASURE = {"星星": "颗", "五角星": "颗", "爱心": "颗", "月牙": "弯"}  # the others take 个
WORDS = {
    "shape": {
        "circle": ("圆形", "圆圈"),
        "square": ("正方形", "方块"),
        "triangle": ("三角形",),
        "star": ("星星", "五角星"),
        "heart": ("爱心",),
        "cross": ("十字", "十字形"),
        "ring": ("圆环",),
        "moon": ("月牙",),
    },
    "colour": {
        "red": ("红色的", "红色"),
        "orange": ("橙色的", "橙色"),
        "yellow": ("黄色的", "黄色"),
        "green": ("绿色的", "绿色"),
        "blue": ("蓝色的", "蓝色"),
        "purple": ("紫色的", "紫色"),
        "pink": ("粉色的", "粉色"),
        "grey": ("灰色的", "灰色"),
    },
    "size": {"small": ("小", "小小的"), "medium": ("中等大小的", "不大不小的"), "large": ("大", "大大的")},
    "texture": {
        "plain": ("纯色的", "没有花纹的"),
        "striped": ("带条纹的", "有条纹的"),
        "dotted": ("带圆点的", "有圆点的"),
        "checked": ("带格子的", "有格子的"),
    },
    "place": {
        "top left": ("左上角", "左上方"),
        "top": ("上方", "上面"),
        "top right": ("右上角", "右上方"),
        "left": ("左边", "左侧"),
        "centre": ("中间", "中央"),
        "right": ("右边", "右侧"),
        "bottom left": ("左下角", "左下方"),
        "bottom": ("下方", "下面"),
        "bottom right": ("右下角", "右下方"),
    },
}
RELATIONS = {
    "left of": ("左边", "左侧"),
    "right of": ("右边", "右侧"),
    "above": ("上方", "上面"),
    "below": ("下方", "下面"),
}
_NEAR = ("小", "大")  # stand right before the noun; other words of size come first


def phrase(thing: Thing, choose: Chooser, clause: bool = True) -> str:
    """A thing with all that is known of it; as a clause: "右边有一颗蓝色的小爱心"."""
    noun = choose.of(WORDS["shape"][thing.shape])
    colour, size, texture, place = (
        choose.of(WORDS[attribute][value]) if value else "" for attribute, value in list(thing._asdict().items())[1:]
    )
    first, near = ("", size) if size in _NEAR else (size, "")
    if near and colour and not colour.endswith("的"):
        colour += "的"  # 红色的小圆形, not 红色小圆形
    return f"{place}{'有' if clause else ''}一{MEASURE.get(noun, '个')}{first}{texture}{colour}{near}{noun}"


def pattern(suffix: str, clause: bool) -> str:
    """The phrase as a regular expression."""

    def group(attribute: str, forms: list[str]) -> str:
        return f"(?P<{attribute}{suffix}>{either(forms)})"

    sizes = [form for form in all_forms(WORDS["size"]) if form not in _NEAR]
    place = f"{group('place', all_forms(WORDS['place']))}?有" if clause else ""
    measure = f"[个{''.join(sorted(set(MEASURE.values())))}]"
    texture, colour, shape = (group(a, all_forms(WORDS[a])) for a in ("texture", "colour", "shape"))
    return f"{place}一{measure}{group('size', sizes)}?(?:{texture})?(?:{colour})?{group('size2', list(_NEAR))}?{shape}"


def definite(thing: Thing) -> str:
    """ "红色的圆形", "红色的东西"."""
    noun = WORDS["shape"][thing.shape][0] if thing.shape else "东西"
    return (WORDS["colour"][thing.colour][0] if thing.colour else "") + noun


def indefinite(thing: Thing) -> str:
    """ "红色的圆形": Chinese asks 有没有 without a measure word."""
    return definite(thing)


CHINESE = Language(
    code="zh",
    name="Chinese",
    words=WORDS,
    phrase=phrase,
    pattern=pattern,
    lists=(
        ("", ",", ",", "。"),
        ("图里", ",", ",", "。"),
        ("画面里", ",", ",", "。"),
        ("这张图里", ",", ";", "。"),
        ("我看到", ",", ",", "。"),
    ),
    comparisons=("{0}在{1}的{r}。", "{1}的{r}是{0}。", "图里,{0}在{1}的{r}。", "{0}的{back}有{1}。"),
    relations=RELATIONS,
    questions={
        "colour": "{the}是什么颜色的?",
        "shape": "{the}是什么形状的?",
        "place": "{the}在哪里?",
        "count": "一共有几个东西?",
        "count_colour": "有几个{colour}东西?",
        "exists": "有没有{any}?",
        "relation": "{the}在{beside}吗?",
    },
    definite=definite,
    indefinite=indefinite,
    beside=lambda relation, thing: f"{definite(thing)}的{RELATIONS[relation][0]}",
    answers={"yes": "是", "no": "否", "0": "零个", "1": "一个", "2": "两个", "3": "三个"},
    several=lambda colour: WORDS["colour"][colour][0],
)
