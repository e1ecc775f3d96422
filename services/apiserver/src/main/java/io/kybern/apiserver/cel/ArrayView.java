package io.kybern.apiserver.cel;

import java.util.AbstractList;
import java.util.RandomAccess;
import tools.jackson.databind.node.ArrayNode;

/** A JSON array as a list whose elements are made when they are asked for. */
final class ArrayView extends AbstractList<Object> implements RandomAccess {

    private final ArrayNode node;
    private final ValueShape item;

    ArrayView(ArrayNode node, ValueShape item) {
        this.node = node;
        this.item = item;
    }

    ArrayNode node() {
        return node;
    }

    @Override
    public Object get(int index) {
        return CelValues.of(node.get(index), item);
    }

    @Override
    public int size() {
        return node.size();
    }
}
