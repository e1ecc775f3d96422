package io.kybern.apiserver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.ObjectKey;
import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pcollections.TreePMap;

@Timeout(60)
final class ChangeTest {

    private static final Selection RED =
            new Selection("default", null, LabelSelector.parse("color=red"), FieldSelector.everything());

    private static CachedObject object(long revision, String color) {
        String json = "{\"metadata\":{\"resourceVersion\":\"" + revision + "\",\"name\":\"a\",\"labels\":{\"color\":\""
                + color + "\"}}}";
        return new CachedObject(
                new ObjectKey("default", "a"),
                revision,
                json.getBytes(StandardCharsets.UTF_8),
                Map.of("color", color),
                Map.of());
    }

    private static Change change(CachedObject before, CachedObject after, boolean deleted) {
        return Change.of(before, after, deleted, TreePMap.empty());
    }

    @Test
    void addsWhatComesIntoTheSelection() {
        assertThat(change(object(1, "blue"), object(2, "red"), false).seenThrough(RED))
                .isInstanceOfSatisfying(
                        WatchEvent.Added.class,
                        event -> assertThat(event.object().revision()).isEqualTo(2));
    }

    @Test
    void deletesWhatLeavesTheSelectionWithItsLastStateInIt() {
        assertThat(change(object(1, "red"), object(12, "blue"), false).seenThrough(RED))
                .isInstanceOfSatisfying(WatchEvent.Deleted.class, event -> {
                    assertThat(event.object().revision()).isEqualTo(12);
                    assertThat(event.object().labels()).containsEntry("color", "red");
                    assertThat(new String(event.object().encoded(), StandardCharsets.UTF_8))
                            .contains("\"resourceVersion\":\"12\"")
                            .contains("red");
                });
    }

    @Test
    void modifiesWhatStays() {
        assertThat(change(object(1, "red"), object(2, "red"), false).seenThrough(RED))
                .isInstanceOf(WatchEvent.Modified.class);
    }

    @Test
    void saysNothingOfWhatIsNeverSelected() {
        assertThat(change(object(1, "blue"), object(2, "green"), false).seenThrough(RED))
                .isNull();
        assertThat(change(null, object(2, "green"), false).seenThrough(RED)).isNull();
        assertThat(change(object(1, "green"), object(2, "green"), true).seenThrough(RED))
                .isNull();
    }

    @Test
    void deletesWhatIsGoneEvenIfItsLastStateIsNotSelected() {
        assertThat(change(object(1, "red"), object(2, "blue"), true).seenThrough(RED))
                .isInstanceOf(WatchEvent.Deleted.class);
    }
}
