package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.Status;
import io.kybern.apiserver.storage.StorageException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class StorageFailuresTest {

    private static final GroupResource PODS = new GroupResource("", "pods");
    private static final ObjectKey KEY = new ObjectKey("ns", "p");

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(StorageException.exists(PODS, KEY), 409, "AlreadyExists"),
                Arguments.of(StorageException.notFound(PODS, KEY), 404, "NotFound"),
                Arguments.of(StorageException.conflict(PODS, KEY, 1, 2), 409, "Conflict"),
                Arguments.of(StorageException.unreachable("a write", null), 503, "ServiceUnavailable"),
                Arguments.of(StorageException.timeout("a write", null), 500, "ServerTimeout"),
                Arguments.of(StorageException.corrupt("no JSON"), 500, "InternalError"),
                Arguments.of(StorageException.revisionTooOld(1, 5), 410, "Expired"),
                Arguments.of(StorageException.revisionTooLarge(9, 5), 504, "Timeout"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void tellsTheClientInKubernetesWords(StorageException failure, int code, String reason) {
        for (String verb : new String[] {"get", "list", "watch", "create", "update", "patch", "delete"}) {
            Status status = StorageFailures.translate(failure, PODS, "p", verb).status();

            assertThat(status.code()).as(verb).isEqualTo(code);
            assertThat(status.reason()).as(verb).isEqualTo(reason);
        }
    }
}
