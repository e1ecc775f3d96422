package io.kybern.examples.guestbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageTest {

    private final Page page = new Page("frontend-1", "node-1");

    @Test
    void showsMessagesWithTheirTimeAndThePodThatAnswered() {
        Message message =
                new Message(new EntryId(Instant.parse("2026-11-21T01:02:03Z").toEpochMilli(), 0), "Ada", "Hello");
        assertThat(page.html(List.of(message)))
                .contains(
                        "<p class=\"text\">Hello</p>",
                        "<span>Ada</span>",
                        "datetime=\"2026-11-21T01:02:03Z\">21 Nov 2026, 01:02 UTC<")
                .contains("<strong id=\"pod\">frontend-1</strong>");
    }

    @Test
    void whatVisitorsWriteIsNeverMarkup() {
        String markup = "<script>alert('x')</script> & \"";
        String shown = page.html(List.of(new Message(new EntryId(0, 0), markup, markup)));
        assertThat(shown)
                .doesNotContain("<script")
                .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;");
        assertThat(page.html("no", new Page.Draft("\"><b>", "</textarea><b>"))).doesNotContain("<b>");
    }

    @Test
    void aProblemKeepsWhatWasTyped() {
        assertThat(page.html("Not written.", new Page.Draft("Ada", "Hello")))
                .contains("role=\"alert\">Not written.", "value=\"Ada\"", ">Hello</textarea>");
    }
}
