"""The tree of answers: what is read is what was written, and a change leaves the rest alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.tree import ELEMENT, TEXT, Node, element, in_document_order

XML = (
    '<!--c--><h:html xmlns:h="u:h" xmlns="u:d" xmlns:jr="u:j"><data jr:a="1&lt;" b="2">x<b>t&amp;</b>y'
    '<!--z--><?pi q?><q xmlns=""/><e/></data></h:html><?end x?>'
)

names = st.sampled_from(["a", "b", "person", "tuổi"])
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> Node:
    node = element(draw(names), draw(texts))
    for name in draw(st.lists(names, max_size=2, unique=True)):
        node.set_attribute(name, draw(texts))
    if depth and draw(st.booleans()):
        for child in draw(st.lists(trees(depth - 1), max_size=3)):
            node.append(child)
    return node


def test_what_is_parsed_is_written_again() -> None:
    assert Node.parse(XML).to_xml() == XML


@given(trees())
def test_a_tree_survives_writing_and_parsing(tree: Node) -> None:
    again = Node.parse(tree.to_xml())
    assert again.to_xml() == tree.to_xml()
    assert again.string() == tree.string()


@given(trees())
def test_a_clone_is_equal_and_apart(tree: Node) -> None:
    before = tree.to_xml()
    copy = tree.clone()
    assert copy.to_xml() == before
    copy.set_text("changed")
    assert tree.to_xml() == before


@given(trees(), st.randoms())
def test_document_order_is_the_order_of_a_walk(tree: Node, chance: object) -> None:
    walk = [tree, *tree.descendants()]
    shuffled = list(walk)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert in_document_order(shuffled + shuffled) == walk


@given(trees())
def test_a_child_is_found_by_name_as_by_looking_through_all(tree: Node) -> None:
    for node in [tree, *tree.descendants()]:
        for name in ("a", "person"):
            looked = [child for child in node.elements() if child.name == name]
            assert list(node.named(name)) == looked
            assert node.child(name) is (looked[0] if looked else None)


def test_attributes_come_after_their_element_and_before_its_children() -> None:
    root = Node.parse('<a x="1"><b/></a>')
    a = root.child("a")
    assert a is not None
    b, x = a.child("b"), a.attributes[0]
    assert b is not None
    assert in_document_order([b, x, a]) == [a, x, b]


def test_a_repeat_instance_goes_in_after_its_sibling_and_out_again() -> None:
    data = element("data")
    first = data.append(element("person", "An"))
    data.append(element("note"))
    second = data.insert_after(first, element("person", "Bình"))
    assert [node.string() for node in data.named("person")] == ["An", "Bình"]
    assert second.path() == "/data/person[2]"
    data.remove(first)
    assert data.to_xml() == "<data><person>Bình</person><note/></data>"
    assert first.parent is None


def test_a_node_is_in_one_place_only() -> None:
    data = element("data")
    child = data.append(element("a"))
    with pytest.raises(ValueError, match="in a tree already"):
        element("other").append(child)


def test_text_becomes_a_node_when_somebody_walks_to_it_and_is_the_same_node_later() -> None:
    leaf = element("a", "words")
    (text,) = leaf.children
    assert (text.kind, text.string(), leaf.children[0] is text) == (TEXT, "words", True)
    leaf.set_text("others")
    assert leaf.string() == "others"


def test_an_irrelevant_node_reads_empty_and_keeps_its_answer() -> None:
    data = Node.parse("<data><a>1</a></data>")
    a = data.child("data").child("a")  # type: ignore[union-attr]
    assert a is not None
    a.relevant = False
    assert (a.string(), data.to_xml()) == ("", "<data><a>1</a></data>")
    assert data.to_xml(keep=lambda node: node.relevant) == "<data></data>"
    a.relevant = True
    assert a.string() == "1"


def test_namespaces_that_nobody_declared_are_declared_where_they_are_used() -> None:
    data = element("data", namespace="u:form")
    data.append(element("meta", namespace="u:meta", prefix="orx"))
    data.set_attribute("version", "3", namespace="u:meta", prefix="orx")
    assert Node.parse(data.to_xml()).child("data").attribute("version", "u:meta") == "3"  # type: ignore[union-attr]
    assert data.to_xml() == ('<data xmlns="u:form" xmlns:orx="u:meta" orx:version="3"><orx:meta/></data>')


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        ("", "empty"),
        ("<a>", "not well-formed"),
        ('<!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>', "DOCTYPE"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DOCTYPE"),
        ("<a>" * 300 + "</a>" * 300, "[Dd]ep"),
        ("<a>" + " " * 5000 + "</a>", "too large"),
    ],
)
def test_hostile_xml_is_refused_in_words(xml: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Node.parse(xml, largest=5000)


def test_a_declaration_of_encoding_does_not_trouble_a_text() -> None:
    root = Node.parse('<?xml version="1.0" encoding="windows-1258"?><!DOCTYPE a><a>Đủ</a>')
    assert root.string() == "Đủ"
    assert root.child("a").kind == ELEMENT  # type: ignore[union-attr]
