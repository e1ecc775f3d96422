package io.kybern.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class PatchDocumentTest {

    @Test
    void reportsDuplicatesWithTheirPaths() throws PatchException {
        PatchDocument document =
                PatchDocument.read(bytes("{\"spec\":{\"replicas\":1,\"l\":[{},{\"a\":1,\"a\":2}],\"replicas\":2}}"));

        assertThat(document.patch()).isEqualTo(Json.read("{\"spec\":{\"replicas\":2,\"l\":[{},{\"a\":2}]}}"));
        assertThat(document.strictErrors())
                .containsExactly("duplicate field \"spec.l[1].a\"", "duplicate field \"spec.replicas\"");
    }

    @Test
    void reportsWhatIsNoPartOfAnOperation() throws PatchException {
        assertThat(PatchDocument.readOperations(bytes("[{\"op\":\"remove\",\"path\":\"/a\",\"foo\":1}]"))
                        .strictErrors())
                .containsExactly("json patch unknown field \"[0].foo\"");
    }

    @Test
    void saysWhyItIsNoJson() {
        assertThatThrownBy(() -> PatchDocument.read(bytes(""))).hasMessage("unexpected end of JSON input");
        assertThatThrownBy(() -> PatchDocument.read(bytes("{\"a\":1}]")))
                .hasMessage("invalid character ']' after top-level value");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
