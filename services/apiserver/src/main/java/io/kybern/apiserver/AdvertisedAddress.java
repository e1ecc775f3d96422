package io.kybern.apiserver;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The address under which the rest of the cluster reaches this server. */
final class AdvertisedAddress {

    private AdvertisedAddress() {}

    /** The configured address, or that of the first network interface that is not the loopback. */
    static String of(ApiServerProperties properties) {
        String configured = properties.advertiseAddress();
        if (configured != null && !configured.isBlank()) {
            return configured;
        }
        try {
            List<NetworkInterface> interfaces = Collections.list(NetworkInterface.getNetworkInterfaces());
            return interfaces.stream()
                    .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
                    .flatMap(AdvertisedAddress::addresses)
                    .findFirst()
                    .orElse("127.0.0.1");
        } catch (SocketException e) {
            throw new IllegalStateException(
                    "cannot list network interfaces; set kybern.apiserver.advertise-address", e);
        }
    }

    private static Stream<String> addresses(NetworkInterface each) {
        return each.inetAddresses()
                .filter(address -> address instanceof Inet4Address
                        && !address.isLoopbackAddress()
                        && !address.isLinkLocalAddress())
                .map(InetAddress::getHostAddress);
    }
}
