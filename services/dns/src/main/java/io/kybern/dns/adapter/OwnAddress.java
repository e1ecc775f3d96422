package io.kybern.dns.adapter;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/** The address under which other machines reach this one. */
public final class OwnAddress {

    private OwnAddress() {}

    /** The first IPv4 address that is not of the loopback interface. */
    public static String find() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(Inet4Address.class::isInstance)
                    .filter(address -> !address.isLoopbackAddress())
                    .map(InetAddress::getHostAddress)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("this machine has no IPv4 address of its own"));
        } catch (SocketException e) {
            throw new IllegalStateException("the network interfaces cannot be read", e);
        }
    }
}
