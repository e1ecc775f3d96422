package io.kybern.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Lists that are read piece by piece; see "Retrieving large results sets in chunks" in the Kubernetes documentation. */
class ListChunkingE2E extends ApiTest {

    private static final int TEMPLATES = 60;
    private static final int LIMIT = 17;

    @BeforeAll
    void create() {
        IntStream.range(0, TEMPLATES).parallel().forEach(i -> api.post(
                        templates(""),
                        "metadata: { name: %s }\ntemplate: { spec: { containers: [{ name: test, image: none }] } }"
                                .formatted(name(i)))
                .ok());
    }

    private static String name(int index) {
        return "template-%04d".formatted(index);
    }

    private String templates(String query) {
        return "/api/v1/namespaces/" + kubectl.namespace() + "/podtemplates" + query;
    }

    private Answer piece(String token) {
        return api.get(templates("?limit=" + LIMIT + (token.isEmpty() ? "" : "&continue=" + token)));
    }

    private static List<String> names(int from, int to) {
        return IntStream.range(from, to).mapToObj(ListChunkingE2E::name).toList();
    }

    /** Checks a piece that begins there; answers where the next one begins. */
    private int checked(Answer piece, int found) {
        List<String> names = piece.names();
        int end = Math.min(found + LIMIT, TEMPLATES);
        assertThat(names).isEqualTo(names(found, end));
        JsonNode remaining = piece.body().at("/metadata/remainingItemCount");
        if (end == TEMPLATES) {
            assertThat(piece.at("/metadata/continue")).isEmpty();
            assertThat(remaining.isMissingNode()).isTrue();
        } else {
            assertThat(remaining.asInt()).isEqualTo(TEMPLATES - end);
        }
        return end;
    }

    @Test
    void allPiecesAreOfOneState() {
        Answer piece = piece("").ok();
        String version = piece.at("/metadata/resourceVersion");
        int found = checked(piece, 0);
        api.post(templates(""), """
                        metadata: { name: template-0003-late }
                        template: { spec: { containers: [{ name: test, image: none }] } }
                        """).ok();
        api.delete(templates("/template-0003-late")).ok();
        while (found < TEMPLATES) {
            piece = piece(piece.at("/metadata/continue")).ok();
            assertThat(piece.at("/metadata/resourceVersion")).isEqualTo(version);
            found = checked(piece, found);
        }
        assertThat(api.get(templates("?limit=" + (TEMPLATES + 1))).names()).hasSize(TEMPLATES);
    }

    /** Goes on as the answer to an expired token says: from the last key, in whatever state there is. */
    @Test
    void whoComesTooLateMayGoOnInTheNewState() {
        String token = piece("").ok().at("/metadata/continue");
        String late =
                new String(Base64.getUrlDecoder().decode(token), UTF_8).replaceFirst("\"rv\":[0-9]+", "\"rv\":-1");
        String goOn = Base64.getUrlEncoder().withoutPadding().encodeToString(late.getBytes(UTF_8));

        Answer piece = piece(goOn).ok();
        String version = piece.at("/metadata/resourceVersion");
        int found = checked(piece, LIMIT);
        while (found < TEMPLATES) {
            piece = piece(piece.at("/metadata/continue")).ok();
            assertThat(piece.at("/metadata/resourceVersion")).isEqualTo(version);
            found = checked(piece, found);
        }
    }

    @Test
    void aTokenThatIsNoneIsRefused() {
        Answer refused = piece("nonsense");
        assertThat(refused.code()).isEqualTo(400);
        assertThat(refused.at("/message")).startsWith("invalid continue token: continue key is not valid");
    }
}
