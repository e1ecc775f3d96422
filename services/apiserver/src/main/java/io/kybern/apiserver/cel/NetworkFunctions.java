package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import io.kybern.apiserver.cel.NetworkValues.Block;
import io.kybern.apiserver.cel.NetworkValues.Ip;
import java.util.List;
import java.util.Map;

/** IP addresses and CIDR blocks. */
final class NetworkFunctions {

    private static final CelType IP = OpaqueType.create("net.IP");
    private static final CelType CIDR = OpaqueType.create("net.CIDR");
    private static final CelType TEXT = SimpleType.STRING;
    private static final CelType BOOL = SimpleType.BOOL;

    private NetworkFunctions() {}

    static CelFunctions functions() {
        CelFunctions functions = new CelFunctions(Map.of(IP.name(), Ip.class, CIDR.name(), Block.class));
        addresses(functions);
        blocks(functions);
        return functions;
    }

    private static void addresses(CelFunctions functions) {
        functions
                .global("ip", "string_to_ip", IP, List.of(TEXT), args -> Ip.parse((String) args[0]))
                .global("isIP", "is_ip", BOOL, List.of(TEXT), args -> Ip.find((String) args[0])
                        .isPresent())
                .global("ip.isCanonical", "ip_is_canonical", BOOL, List.of(TEXT), args -> Ip.parse((String) args[0])
                        .toString()
                        .equals(args[0]))
                .global("string", "ip_to_string", TEXT, List.of(IP), args -> args[0].toString())
                .member("family", "ip_family", SimpleType.INT, List.of(IP), args -> ((Ip) args[0]).family())
                .member("isUnspecified", "ip_is_unspecified", BOOL, List.of(IP), args -> ((Ip) args[0])
                        .address()
                        .isAnyLocalAddress())
                .member("isLoopback", "ip_is_loopback", BOOL, List.of(IP), args -> ((Ip) args[0])
                        .address()
                        .isLoopbackAddress())
                .member("isLinkLocalMulticast", "ip_is_link_local_multicast", BOOL, List.of(IP), args -> ((Ip) args[0])
                        .isLinkLocalMulticast())
                .member("isLinkLocalUnicast", "ip_is_link_local_unicast", BOOL, List.of(IP), args -> ((Ip) args[0])
                        .address()
                        .isLinkLocalAddress())
                .member("isGlobalUnicast", "ip_is_global_unicast", BOOL, List.of(IP), args -> ((Ip) args[0])
                        .isGlobalUnicast());
    }

    private static void blocks(CelFunctions functions) {
        functions
                .global("cidr", "string_to_cidr", CIDR, List.of(TEXT), args -> Block.parse((String) args[0]))
                .global("isCIDR", "is_cidr", BOOL, List.of(TEXT), args -> Block.find((String) args[0])
                        .isPresent())
                .global("string", "cidr_to_string", TEXT, List.of(CIDR), args -> args[0].toString())
                .member("containsIP", "cidr_contains_ip_ip", BOOL, List.of(CIDR, IP), args -> block(args)
                        .contains((Ip) args[1]))
                .member("containsIP", "cidr_contains_ip_string", BOOL, List.of(CIDR, TEXT), args -> block(args)
                        .contains(Ip.parse((String) args[1])))
                .member("containsCIDR", "cidr_contains_cidr", BOOL, List.of(CIDR, CIDR), args -> block(args)
                        .contains((Block) args[1]))
                .member("containsCIDR", "cidr_contains_cidr_string", BOOL, List.of(CIDR, TEXT), args -> block(args)
                        .contains(Block.parse((String) args[1])))
                .member("ip", "cidr_ip", IP, List.of(CIDR), args -> block(args).ip())
                .member("masked", "cidr_masked", CIDR, List.of(CIDR), args -> block(args)
                        .masked())
                .member("prefixLength", "cidr_prefix_length", SimpleType.INT, List.of(CIDR), args ->
                        (long) block(args).prefix());
    }

    private static Block block(Object[] arguments) {
        return (Block) arguments[0];
    }
}
