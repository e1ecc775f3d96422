package io.kybern.node.status;

import io.kybern.node.runtime.EngineInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** What the machine tells about itself. */
public final class MachineFacts {

    private MachineFacts() {}

    /** The machine's own addresses, those of its pods' bridge and of loopback left out. */
    public static List<String> addresses(String bridge) {
        try {
            return Collections.list(NetworkInterface.getNetworkInterfaces()).stream()
                    .filter(each ->
                            !each.getName().equals(bridge) && !each.getName().startsWith("veth"))
                    .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
                    .flatMap(each -> Collections.list(each.getInetAddresses()).stream())
                    .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                    .map(InetAddress::getHostAddress)
                    .toList();
        } catch (SocketException e) {
            throw new UncheckedIOException("the machine's addresses cannot be read", e);
        }
    }

    /** The size of the file system that holds the pods' directories, in bytes. */
    static long diskBytes(Path directory) {
        try {
            return Files.getFileStore(directory).getTotalSpace();
        } catch (IOException e) {
            throw new UncheckedIOException("the size of the disk of " + directory + " cannot be read", e);
        }
    }

    /** The first line of a file, empty if there is no such file. */
    public static String line(String file) {
        try {
            Path path = Path.of(file);
            return Files.isReadable(path)
                    ? Files.readAllLines(path).stream().findFirst().orElse("").strip()
                    : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** The architecture as Kubernetes names it. */
    static String architecture() {
        return switch (System.getProperty("os.arch")) {
            case "aarch64" -> "arm64";
            case "x86_64", "amd64" -> "amd64";
            default -> System.getProperty("os.arch");
        };
    }

    /** The engine as a node's status names it, for example {@code docker://20.10.24}. */
    static String runtime(EngineInfo engine) {
        return engine.name() + "://" + engine.version();
    }
}
