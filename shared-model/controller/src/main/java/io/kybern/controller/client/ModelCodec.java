package io.kybern.controller.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Between the JSON of one type and its model class. */
final class ModelCodec<T> {

    private final ObjectMapper mapper;
    private final Class<T> model;

    ModelCodec(ObjectMapper mapper, Class<T> model) {
        this.mapper = mapper;
        this.model = model;
    }

    T decode(byte[] json) {
        try {
            return mapper.readValue(json, model);
        } catch (IOException e) {
            throw new UncheckedIOException("not a " + model.getSimpleName(), e);
        }
    }

    T decode(JsonNode tree) {
        try {
            return mapper.treeToValue(tree, model);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("not a " + model.getSimpleName(), e);
        }
    }

    JsonNode tree(byte[] json) {
        try {
            return mapper.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException("not JSON", e);
        }
    }

    String encode(T object) {
        return write(object);
    }

    String write(Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("cannot write a " + value.getClass().getSimpleName(), e);
        }
    }
}
