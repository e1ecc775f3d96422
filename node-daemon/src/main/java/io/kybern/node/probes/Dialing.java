package io.kybern.node.probes;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.util.Locale;

/** Says why a connection failed in the words that users know from Kubernetes events. */
final class Dialing {

    private Dialing() {}

    static String words(String host, int port, IOException failure) {
        String dial = "dial tcp " + host + ":" + port + ": ";
        if (failure instanceof SocketTimeoutException) {
            return dial + "i/o timeout";
        }
        if (failure instanceof NoRouteToHostException) {
            return dial + "connect: no route to host";
        }
        if (failure instanceof ConnectException) {
            String text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
            return dial + "connect: " + (text.contains("refused") ? "connection refused" : text);
        }
        return String.valueOf(failure.getMessage());
    }
}
