package io.kybern.apiserver.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LinkRewriterTest {

    private final LinkRewriter links = new LinkRewriter("/api/v1/namespaces/x/services/web/proxy", "10.244.0.5:8080");

    @ParameterizedTest
    @CsvSource({
        "/, /api/v1/namespaces/x/services/web/proxy/",
        "/a?b=c#d, /api/v1/namespaces/x/services/web/proxy/a?b=c#d",
        "http://10.244.0.5:8080/a, /api/v1/namespaces/x/services/web/proxy/a",
        "http://example.com/a, http://example.com/a",
        "a/b, a/b",
        "?q, ?q",
        "mailto:a@b, mailto:a@b",
        "/api/v1/namespaces/x/services/web/proxy/a, /api/v1/namespaces/x/services/web/proxy/a",
        "not a link, not a link"
    })
    void absolutePathsGoThroughTheProxy(String link, String expected) {
        assertThat(links.link(link)).isEqualTo(expected);
    }

    @Test
    void nothingButLinksOfAPageChanges() {
        String page = """
                <!DOCTYPE html>
                <html><HEAD><link rel=stylesheet href=/style.css></head>
                <body class='x'><A HREF="/next?a=1&amp;b=2">/next</A> <img src='/i.png' alt="/i.png"><a href="near">near</a>
                <script src="/s.js">var path = "/s.js";</script><p>unclosed
                """;
        assertThat(links.page(page))
                .isEqualTo(page.replace("href=/style.css", "href=/api/v1/namespaces/x/services/web/proxy/style.css")
                        .replace("\"/next?", "\"/api/v1/namespaces/x/services/web/proxy/next?")
                        .replace("src='/i.png'", "src='/api/v1/namespaces/x/services/web/proxy/i.png'")
                        .replace("src=\"/s.js\"", "src=\"/api/v1/namespaces/x/services/web/proxy/s.js\""));
    }

    @Test
    void aPageThatIsNoPageStaysAsItIs() {
        assertThat(links.page("just text <")).isEqualTo("just text <");
        assertThat(links.page("")).isEmpty();
    }
}
