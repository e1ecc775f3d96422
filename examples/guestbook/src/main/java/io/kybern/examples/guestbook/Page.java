package io.kybern.examples.guestbook;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** The guestbook as a page of HTML. Whatever a visitor wrote is text in it, never markup. */
record Page(String pod, String node) {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("d MMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    /** What a visitor typed; it stays in the form until it is written. */
    record Draft(String author, String text) {

        static final Draft EMPTY = new Draft("", "");
    }

    /** The page with its messages. */
    String html(List<Message> messages) {
        return html("", Draft.EMPTY, messages(messages));
    }

    /** The page with a word on what went wrong, the form as it was, and no messages. */
    String html(String problem, Draft draft) {
        return html("<p class=\"problem\" role=\"alert\">" + escape(problem) + "</p>", draft, "");
    }

    private String html(String notice, Draft draft, String messages) {
        return """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>Guestbook</title>
                <link rel="icon" href="data:,">
                <link rel="stylesheet" href="/style.css">
                </head>
                <body>
                <header>
                <h1>Guestbook</h1>
                <p>Written to a Redis leader, read from its followers.</p>
                </header>
                <main>
                %s<form method="post" action="/">
                <div class="field">
                <label for="author">Your name</label>
                <input id="author" name="author" maxlength="60" autocomplete="name" required value="%s">
                </div>
                <div class="field">
                <label for="text">Message</label>
                <textarea id="text" name="text" rows="3" maxlength="500" required>%s</textarea>
                </div>
                <button type="submit">Sign the guestbook</button>
                </form>
                %s</main>
                <footer>
                <p>Answered by pod <strong id="pod">%s</strong> on node <strong id="node">%s</strong>. <a href="/">Ask again</a></p>
                </footer>
                </body>
                </html>
                """.formatted(notice, escape(draft.author()), escape(draft.text()), messages, escape(pod), escape(node));
    }

    private static String messages(List<Message> messages) {
        if (messages.isEmpty()) {
            return "<section aria-label=\"Messages\"><p class=\"empty\">Nobody has signed yet. Be the first.</p></section>\n";
        }
        StringBuilder list = new StringBuilder("<section aria-label=\"Messages\">\n<ol id=\"messages\">\n");
        for (Message message : messages) {
            list.append(
                    "<li><p class=\"text\">%s</p><p class=\"by\"><span>%s</span> <time datetime=\"%s\">%s</time></p></li>\n"
                            .formatted(
                                    escape(message.text()),
                                    escape(message.author()),
                                    message.id().instant(),
                                    TIME.format(message.id().instant())));
        }
        return list.append("</ol>\n</section>\n").toString();
    }

    /** Text as HTML shows it, in elements and in quoted attributes. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(c);
            }
        });
        return escaped.toString();
    }
}
