package io.kybern.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class IpRulesTest {

    @ParameterizedTest
    @ValueSource(strings = {"10.9.8.7", "0.0.0.0", "2001:db8::ffff", "::", "::1", "fe80::1:0:0:1", "1:2:3:4:5:6:7:0"})
    void takesAddressesInTheirOneForm(String address) {
        assertThat(IpRules.addressFaults(address)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.9.8 | must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
                "host | must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
                "10.9.8.07 | must not have leading 0s",
                "::ffff:10.9.8.7 | must not be an IPv4-mapped IPv6 address",
                "2001:DB8::1 | must be in canonical form (\"2001:db8::1\")",
                "2001:db8:0:0:0:0:0:1 | must be in canonical form (\"2001:db8::1\")",
                "1:0:0:2:0:0:0:3 | must be in canonical form (\"1:0:0:2::3\")",
            })
    void refusesOtherAddresses(String address, String fault) {
        assertThat(IpRules.addressFaults(address)).isEqualTo(List.of(fault));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.9.8.0/24 |",
                "2001:db8::/64 |",
                "0.0.0.0/0 |",
                "10.9.8.7/32 |",
                "10.9.8.0 | must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
                "10.9.8.0/33 | must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
                "10.9.8.0/x | must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
                "10.9.8.0/024 | must not have leading 0s in IP or prefix length",
                "10.09.8.0/24 | must not have leading 0s in IP or prefix length",
                "::ffff:10.9.8.0/120 | must not have an IPv4-mapped IPv6 address",
                "10.9.8.7/24 | must not have bits set beyond the prefix length",
                "2001:DB8::/64 | must be in canonical form (\"2001:db8::/64\")",
            })
    void rangesAreWrittenInOneForm(String range, String fault) {
        assertThat(IpRules.rangeFaults(range)).isEqualTo(fault == null ? List.of() : List.of(fault));
    }

    @Test
    void anInterfacesAddressHasAllItsBits() {
        assertThat(IpRules.interfaceFaults("192.168.1.5/24")).isEmpty();
        assertThat(IpRules.interfaceFaults("2001:DB8::5/64"))
                .containsExactly("must be in canonical form (\"2001:db8::5/64\")");
        assertThat(IpRules.interfaceFaults("192.168.1.5"))
                .containsExactly("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    }
}
