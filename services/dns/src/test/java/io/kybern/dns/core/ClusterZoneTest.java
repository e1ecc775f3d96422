package io.kybern.dns.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.dns.wire.Answer;
import io.kybern.dns.wire.Question;
import io.kybern.dns.wire.RecordData;
import io.kybern.dns.wire.RecordType;
import io.kybern.dns.wire.ResourceRecord;
import io.kybern.dns.wire.ResponseCode;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterZoneTest {

    private final ClusterZone zone = new SampleCluster().zone();

    @ParameterizedTest(name = "{1} {0}")
    @CsvSource({
        "web.shop.svc.cluster.local, 1, 10.96.0.80",
        "WEB.Shop.svc.cluster.LOCAL, 1, 10.96.0.80",
        "db.shop.svc.cluster.local, 1, 10.244.1.5 10.244.2.6",
        "early.shop.svc.cluster.local, 1, 10.244.1.9",
        "db-0.db.shop.svc.cluster.local, 1, 10.244.1.5",
        "10-244-1-5.db.shop.svc.cluster.local, 1, 10.244.1.5",
        "10-244-2-6.db.shop.svc.cluster.local, 1, 10.244.2.6",
        "10-244-3-4.shop.pod.cluster.local, 1, 10.244.3.4",
        "front.shop.svc.cluster.local, 1, web.shop.svc.cluster.local 10.96.0.80",
        "docs.shop.svc.cluster.local, 5, docs.example.com",
        "_http._tcp.web.shop.svc.cluster.local, 33, 100:80:web.shop.svc.cluster.local",
        "_sql._tcp.db.shop.svc.cluster.local, 33, "
                + "50:5432:db-0.db.shop.svc.cluster.local 50:5432:10-244-2-6.db.shop.svc.cluster.local",
        "80.0.96.10.in-addr.arpa, 12, web.shop.svc.cluster.local",
        "5.1.244.10.in-addr.arpa, 12, db-0.db.shop.svc.cluster.local",
        "dns-version.cluster.local, 16, 1.1.0",
    })
    void namesOfTheClusterHaveTheirRecords(String name, int type, String records) {
        Answer answer = answer(name, type);

        assertThat(answer.code()).isEqualTo(ResponseCode.NOERROR);
        assertThat(answer.records().stream().map(ClusterZoneTest::shown).collect(Collectors.joining(" ")))
                .isEqualTo(records);
    }

    @ParameterizedTest(name = "{1} {0}: {2}")
    @CsvSource({
        "web.shop.svc.cluster.local, 28, NOERROR",
        "shop.svc.cluster.local, 1, NOERROR",
        "svc.cluster.local, 1, NOERROR",
        "_tcp.web.shop.svc.cluster.local, 33, NOERROR",
        "cluster.local, 1, NOERROR",
        "none.shop.svc.cluster.local, 1, NXDOMAIN",
        "none.svc.cluster.local, 1, NXDOMAIN",
        "10-244-2-7.db.shop.svc.cluster.local, 1, NXDOMAIN",
        "_none._tcp.web.shop.svc.cluster.local, 33, NXDOMAIN",
        "_http._udp.web.shop.svc.cluster.local, 33, NXDOMAIN",
        "10-244-3.shop.pod.cluster.local, 1, NXDOMAIN",
        "10-244-3-4.none.pod.cluster.local, 1, NXDOMAIN",
        "web.shop.cluster.local, 1, NXDOMAIN",
        "a.b.c.web.shop.svc.cluster.local, 1, NXDOMAIN",
    })
    void whatIsNotThereIsAnsweredWithTheHeadOfTheZone(String name, int type, ResponseCode code) {
        Answer answer = answer(name, type);

        assertThat(answer.code()).isEqualTo(code);
        assertThat(answer.records()).isEmpty();
        assertThat(answer.authority()).singleElement().satisfies(each -> assertThat(each.data())
                .isInstanceOf(RecordData.Authority.class));
    }

    @Test
    void theAddressesOfAServicesTargetsComeAlong() {
        assertThat(answer("_sql._tcp.db.shop.svc.cluster.local", RecordType.SRV).additional())
                .extracting(ClusterZoneTest::shown)
                .containsExactly("10.244.1.5", "10.244.2.6");
    }

    @ParameterizedTest
    @CsvSource({"example.com, 1", "1.1.1.1.in-addr.arpa, 12", "notcluster.local, 1", "'', 2"})
    void otherNamesAreLeftToOthers(String name, int type) {
        assertThat(zone.resolve(new Question(name, type))).isInstanceOf(Resolution.Elsewhere.class);
    }

    @Test
    void anAliasOfAnOutsideNameIsToBeFollowed() {
        assertThat(zone.resolve(new Question("docs.shop.svc.cluster.local", RecordType.A)))
                .isInstanceOfSatisfying(Resolution.Alias.class, alias -> assertThat(alias.target())
                        .isEqualTo("docs.example.com"));
    }

    @Test
    void aCircleOfAliasesEnds() {
        assertThat(answer("loop.shop.svc.cluster.local", RecordType.A).code()).isEqualTo(ResponseCode.SERVFAIL);
    }

    private Answer answer(String name, int type) {
        return ((Resolution.Known) zone.resolve(new Question(name, type))).answer();
    }

    private static String shown(ResourceRecord each) {
        return switch (each.data()) {
            case RecordData.Address(var address) -> address.getHostAddress();
            case RecordData.Alias(var target) -> target;
            case RecordData.Pointer(var target) -> target;
            case RecordData.NameServer(var target) -> target;
            case RecordData.ServiceLocation(int weight, int port, var target) -> weight + ":" + port + ":" + target;
            case RecordData.Text(var text) -> text;
            case RecordData.Authority(var server, var contact, long serial) -> server + contact + serial;
        };
    }
}
