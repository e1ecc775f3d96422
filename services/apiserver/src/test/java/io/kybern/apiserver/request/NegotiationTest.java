package io.kybern.apiserver.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.Negotiation.Offer;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NegotiationTest {

    private static ApiRequest request(String uri, String accept) {
        HttpHeaders headers = new DefaultHttpHeaders();
        if (!accept.isEmpty()) {
            headers.add("Accept", accept);
        }
        return new ApiRequest(ApiRequest.Line.of("GET", uri), headers, new byte[0], UserInfo.anonymous());
    }

    @Test
    void answersPlainJsonToWhoeverDoesNotCare() {
        assertThat(Negotiation.representation(request("/api/v1/pods", ""), true).plain())
                .isTrue();
        assertThat(Negotiation.representation(request("/api/v1/pods", "*/*"), true)
                        .plain())
                .isTrue();
    }

    @Test
    void answersTheFirstFormThatItCan() {
        String kubectl =
                "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        assertThat(Negotiation.representation(request("/api/v1/pods", kubectl), true)
                        .shape())
                .isEqualTo(Representation.Shape.TABLE);
        assertThat(Negotiation.representation(request("/api/v1/pods", kubectl), false)
                        .shape())
                .isEqualTo(Representation.Shape.OBJECT);
        String goClient = "application/vnd.kubernetes.protobuf,application/json";
        assertThat(Negotiation.representation(request("/api/v1/pods", goClient), true)
                        .protobufObjects())
                .isTrue();
    }

    @Test
    void offersProtobufOfPartialObjectsForEveryTypeAndTablesForNone() {
        String protobuf = "application/vnd.kubernetes.protobuf";
        String metadata = protobuf + ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
        String table = protobuf + ";as=Table;g=meta.k8s.io;v=v1,application/json;as=Table;g=meta.k8s.io;v=v1";

        assertThat(Negotiation.representation(request("/x", protobuf + ",application/json"), Offer.CUSTOM_VIEWS)
                        .plain())
                .isTrue();
        assertThat(Negotiation.representation(request("/x", metadata), Offer.CUSTOM_VIEWS)
                        .format())
                .isEqualTo(Representation.Format.PROTOBUF);
        assertThat(Negotiation.representation(request("/x", table), Offer.VIEWS).format())
                .isEqualTo(Representation.Format.JSON);
        assertThatThrownBy(() -> Negotiation.representation(request("/x", protobuf), Offer.CUSTOM_VIEWS))
                .isInstanceOf(ApiException.class);
    }

    @Test
    void answersErrorsInAnyCase() {
        assertThat(Negotiation.representationOrJson(request("/x", "text/html"), Offer.OBJECTS)
                        .plain())
                .isTrue();
        assertThat(Negotiation.representationOrJson(request("/x", "application/yaml"), Offer.OBJECTS)
                        .format())
                .isEqualTo(Representation.Format.YAML);
    }

    @Test
    void heedsQuality() {
        Representation found = Negotiation.representation(
                request("/api/v1/pods", "application/json;q=0.5,application/yaml;q=0.9"), true);

        assertThat(found.format()).isEqualTo(Representation.Format.YAML);
    }

    @Test
    void refusesWhatItCannotWrite() {
        assertThatThrownBy(() -> Negotiation.representation(request("/api/v1/pods", "text/html"), true))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status().code()).isEqualTo(406));
    }

    @Test
    void indentsForPeople() {
        assertThat(Negotiation.representation(request("/api/v1/pods?pretty=true", ""), true)
                        .pretty())
                .isTrue();
        assertThat(Negotiation.representation(request("/api/v1/pods?pretty=false", ""), true)
                        .pretty())
                .isFalse();
    }
}
