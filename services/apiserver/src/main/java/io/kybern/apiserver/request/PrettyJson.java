package io.kybern.apiserver.request;

import io.kybern.api.Json;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;

/** JSON for people, indented by two spaces as Kubernetes does. */
final class PrettyJson {

    private static final ObjectWriter WRITER;

    static {
        Separators separators = Separators.createDefaultInstance()
                .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("")
                .withArrayEmptySeparator("");
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter(separators).withArrayIndenter(indenter).withObjectIndenter(indenter);
        WRITER = Json.mapper().writer().with(printer);
    }

    private PrettyJson() {}

    static String write(JsonNode tree) {
        return WRITER.writeValueAsString(tree);
    }
}
