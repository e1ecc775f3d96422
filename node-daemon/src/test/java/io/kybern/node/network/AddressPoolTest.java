package io.kybern.node.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AddressPoolTest {

    @TempDir
    private Path directory;

    private AddressPool open(String range) {
        return AddressPool.open(directory, Cidr.parse(range));
    }

    @Test
    void givesEachPodItsOwnAddressUntilNoneIsLeft() {
        AddressPool pool = open("10.244.1.0/28");
        Set<String> given = new HashSet<>();
        for (int i = 0; i < 13; i++) {
            given.add(pool.allocate("uid-" + i).orElseThrow());
        }
        assertThat(given).hasSize(13).doesNotContain("10.244.1.0", "10.244.1.1", "10.244.1.15");
        assertThat(pool.allocate("one-too-many")).isEmpty();
    }

    @Test
    void remembersAddressesAcrossRestarts() {
        String address = open("10.244.1.0/24").allocate("uid").orElseThrow();
        assertThat(open("10.244.1.0/24").addressOf("uid")).contains(address);
    }

    @Test
    void forgetsAddressesOfAnotherRange() {
        open("10.244.1.0/24").allocate("uid");
        assertThat(open("10.244.2.0/24").addressOf("uid")).isEmpty();
    }

    @Test
    void aFreedAddressIsTheLastToBeGivenAgain() {
        AddressPool pool = open("10.244.1.0/24");
        String freed = pool.allocate("a").orElseThrow();
        pool.release("a");
        assertThat(pool.allocate("b")).isPresent().get().isNotEqualTo(freed);
        assertThat(open("10.244.1.0/24").addressOf("a")).isEmpty();
    }

    @Test
    void asksTwiceGetsTheSame() {
        AddressPool pool = open("10.244.1.0/24");
        assertThat(pool.allocate("a")).isEqualTo(pool.allocate("a"));
    }

    @Test
    void hardwareAddressesFollowTheIp() {
        assertThat(VethNames.mac("10.244.1.2")).isEqualTo("0a:58:0a:f4:01:02");
        assertThat(VethNames.host("some-uid")).hasSizeLessThanOrEqualTo(15).isNotEqualTo(VethNames.host("other-uid"));
    }
}
