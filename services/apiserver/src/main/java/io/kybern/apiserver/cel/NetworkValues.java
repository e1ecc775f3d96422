package io.kybern.apiserver.cel;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** The values of {@link NetworkFunctions}: read strictly, without names and zones, and written in the canonical form of RFC 5952. */
final class NetworkValues {

    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private NetworkValues() {}

    record Ip(InetAddress address) {

        static Optional<Ip> find(String text) {
            boolean four = IPV4.matcher(text).matches();
            if (!four && !IPV6.matcher(text).matches()) {
                return Optional.empty();
            }
            try {
                InetAddress address = InetAddress.ofLiteral(text);
                // an address of IPv4 in the disguise of IPv6 means one thing to one reader and another to the next
                return four || !(address instanceof Inet4Address) ? Optional.of(new Ip(address)) : Optional.empty();
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }

        static Ip parse(String text) {
            return find(text)
                    .orElseThrow(() -> CelFunctions.failure(
                            "IP Address %s parse error during conversion from string: ParseAddr(%s): unable to parse IP"
                                    .formatted(TextFunctions.quote(text), TextFunctions.quote(text))));
        }

        long family() {
            return address instanceof Inet4Address ? 4 : 6;
        }

        boolean isLinkLocalMulticast() {
            byte[] bytes = address.getAddress();
            return address instanceof Inet4Address
                    ? bytes[0] == (byte) 224 && bytes[1] == 0 && bytes[2] == 0
                    : bytes[0] == (byte) 0xff && (bytes[1] & 0x0f) == 2;
        }

        boolean isGlobalUnicast() {
            byte[] bytes = address.getAddress();
            boolean broadcast = bytes.length == 4 && Arrays.equals(bytes, new byte[] {-1, -1, -1, -1});
            return !broadcast
                    && !address.isAnyLocalAddress()
                    && !address.isLoopbackAddress()
                    && !address.isMulticastAddress()
                    && !address.isLinkLocalAddress();
        }

        @Override
        public String toString() {
            byte[] bytes = address.getAddress();
            return bytes.length == 4 ? address.getHostAddress() : compressed(bytes);
        }

        private static String compressed(byte[] bytes) {
            int[] groups = new int[8];
            for (int i = 0; i < groups.length; i++) {
                groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
            }
            int from = -1;
            int length = 1;
            for (int i = 0; i < groups.length; i++) {
                int zeros = 0;
                while (i + zeros < groups.length && groups[i + zeros] == 0) {
                    zeros++;
                }
                if (zeros > length) {
                    from = i;
                    length = zeros;
                }
            }
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < groups.length; i++) {
                if (i == from) {
                    text.append("::");
                    i += length - 1;
                } else {
                    text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                            .append(Integer.toHexString(groups[i]));
                }
            }
            return text.toString();
        }
    }

    record Block(Ip ip, int prefix) {

        private static final Pattern LENGTH = Pattern.compile("0|[1-9][0-9]{0,2}");

        static Optional<Block> find(String text) {
            int slash = text.indexOf('/');
            if (slash < 0 || !LENGTH.matcher(text.substring(slash + 1)).matches()) {
                return Optional.empty();
            }
            int prefix = Integer.parseInt(text.substring(slash + 1));
            return Ip.find(text.substring(0, slash))
                    .filter(ip -> prefix <= ip.address().getAddress().length * Byte.SIZE)
                    .map(ip -> new Block(ip, prefix));
        }

        static Block parse(String text) {
            return find(text)
                    .orElseThrow(() -> CelFunctions.failure(
                            "network address parse error during conversion from string: netip.ParsePrefix(%s): no such prefix"
                                    .formatted(TextFunctions.quote(text))));
        }

        boolean contains(Ip other) {
            return other.family() == ip.family()
                    && Arrays.equals(
                            mask(ip.address().getAddress()),
                            mask(other.address().getAddress()));
        }

        boolean contains(Block other) {
            return other.prefix >= prefix && contains(other.ip);
        }

        Block masked() {
            try {
                return new Block(
                        new Ip(InetAddress.getByAddress(mask(ip.address().getAddress()))), prefix);
            } catch (UnknownHostException e) {
                throw new IllegalStateException("an address has the length of an address", e);
            }
        }

        private byte[] mask(byte[] bytes) {
            byte[] masked = bytes.clone();
            for (int i = 0; i < masked.length; i++) {
                int kept = Math.clamp(prefix - i * (long) Byte.SIZE, 0, Byte.SIZE);
                masked[i] &= (byte) (0xff << (Byte.SIZE - kept));
            }
            return masked;
        }

        @Override
        public String toString() {
            return ip + "/" + prefix;
        }
    }
}
