package io.kybern.apiserver.registry.services;

/**
 * The addresses and ports that Services are given, as they were configured. ServiceCIDRs may add addresses.
 *
 * @param addresses the cluster IPs
 * @param firstPort the first node port
 * @param lastPort the last node port
 */
record ServiceRanges(AddressBlock addresses, int firstPort, int lastPort) {

    /** The lower part is left to those who choose for themselves (KEP-3668). */
    private static final int STATIC_PORTS = 86;

    /**
     * Reads the configured ranges.
     *
     * @param cidr for example {@code 10.96.0.0/16}
     * @param ports for example {@code 30000-32767}
     */
    static ServiceRanges parse(String cidr, String ports) {
        AddressBlock addresses = AddressBlock.read(cidr)
                .orElseThrow(() -> new IllegalArgumentException("not a range of addresses: " + cidr));
        String[] bounds = ports.split("-", 2);
        return new ServiceRanges(addresses, Integer.parseInt(bounds[0]), Integer.parseInt(bounds[1]));
    }

    boolean containsPort(long port) {
        return port >= firstPort && port <= lastPort;
    }

    /** Where the ports that the server chooses begin, counted from the first. */
    int firstDynamicPort() {
        return Math.min(STATIC_PORTS, ports() / 2);
    }

    int ports() {
        return lastPort - firstPort + 1;
    }
}
