package io.kybern.examples.guestbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WebServerTest {

    @Test
    void formsAreDecoded() {
        assertThat(WebServer.form("author=Ada+L.&text=a%26b%0D%0A%C3%BC"))
                .isEqualTo(Map.of("author", "Ada L.", "text", "a&b\r\nü"));
    }

    @Test
    void brokenFieldsAreAbsent() {
        assertThat(WebServer.form("author=%zz&text&=x&note=")).isEqualTo(Map.of("note", ""));
    }
}
