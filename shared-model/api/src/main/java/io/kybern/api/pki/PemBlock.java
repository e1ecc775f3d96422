package io.kybern.api.pki;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One block of a PEM file (RFC 7468).
 *
 * @param type what stands behind {@code BEGIN}, for example {@code CERTIFICATE}
 * @param hasHeaders whether lines like {@code Proc-Type: 4,ENCRYPTED} come before the content
 * @param content the decoded bytes
 */
public record PemBlock(String type, boolean hasHeaders, byte[] content) {

    private static final Pattern BEGIN = Pattern.compile("(?m)^-----BEGIN ([^\\r\\n]*?)-----[ \\t]*\\r?$");

    /** The blocks of a text, in order; what is no whole block is left out. */
    public static List<PemBlock> read(byte[] text) {
        List<PemBlock> blocks = new ArrayList<>();
        String all = new String(text, StandardCharsets.ISO_8859_1);
        Matcher begin = BEGIN.matcher(all);
        int from = 0;
        while (begin.find(from)) {
            String type = begin.group(1);
            String endMark = "-----END " + type + "-----";
            int end = all.indexOf(endMark, begin.end());
            if (end < 0) {
                from = begin.end();
                continue;
            }
            String body = all.substring(begin.end(), end);
            from = decode(type, body, blocks) ? end + endMark.length() : begin.end();
        }
        return blocks;
    }

    private static boolean decode(String type, String body, List<PemBlock> blocks) {
        StringBuilder base64 = new StringBuilder(body.length());
        boolean headers = false;
        for (String line : body.split("\\r?\\n")) {
            if (base64.isEmpty() && line.indexOf(':') >= 0) {
                headers = true;
            } else {
                base64.append(line.strip());
            }
        }
        try {
            blocks.add(new PemBlock(type, headers, Base64.getDecoder().decode(base64.toString())));
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
