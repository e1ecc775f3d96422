package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ContinueTokenTest {

    @Test
    void comesBackAsItWas() {
        ContinueToken token = new ContinueToken(42, new ObjectKey("ns", "name"));
        ContinueToken cluster = new ContinueToken(-1, ObjectKey.clusterScoped("name"));

        assertThat(ContinueToken.decode(token.encode())).isEqualTo(token);
        assertThat(ContinueToken.decode(cluster.encode())).isEqualTo(cluster);
    }

    @Test
    void refusesAnythingElse() {
        for (String bad : new String[] {"zzz", "!!!", "e30", "W10", "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ"}) {
            assertThatThrownBy(() -> ContinueToken.decode(bad))
                    .isInstanceOfSatisfying(
                            ApiException.class,
                            e -> assertThat(e.status().code()).isEqualTo(400))
                    .hasMessageStartingWith("invalid continue token: continue key is not valid");
        }
    }
}
