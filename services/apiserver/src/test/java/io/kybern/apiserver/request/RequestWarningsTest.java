package io.kybern.apiserver.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.authn.UserInfo;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Warnings travel in headers, and clients take only so much of these. */
@Timeout(60)
final class RequestWarningsTest {

    private final ApiRequest request = new ApiRequest(
            ApiRequest.Line.of("GET", "/api/v1/pods"), new DefaultHttpHeaders(), new byte[0], UserInfo.anonymous());

    @Test
    void eachIsToldOnceAndInOrder() {
        List.of("b", "a", "b", "").forEach(request::warn);
        assertThat(request.warnings()).containsExactly("b", "a");
    }

    @Test
    void aLongOneIsToldWholeIfThereIsRoom() {
        request.warn("x".repeat(4096));
        assertThat(request.warnings()).containsExactly("x".repeat(4096));
    }

    @Test
    void ifThereIsNotRoomForAllEachIsCut() {
        request.warn("x".repeat(4000));
        request.warn("y".repeat(100));
        assertThat(request.warnings()).containsExactly("x".repeat(256), "y".repeat(100));
    }

    @Test
    void afterAsMuchAsClientsTakeNoMoreIsTold() {
        for (int i = 0; i < 100_000; i++) {
            request.warn("%0300d".formatted(i));
        }
        assertThat(request.warnings()).hasSize(16).startsWith(String.join("", Collections.nCopies(256, "0")));
    }
}
