package io.kybern.apiserver.authn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.status.ApiException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ImpersonationTest {

    @Test
    void needsARightForEachPart() {
        HttpHeaders headers = new DefaultHttpHeaders()
                .add("Impersonate-User", "ann")
                .add("Impersonate-Group", "dev")
                .add("Impersonate-Extra-Scope", "a");

        Impersonation.Wish wish = Impersonation.read(headers).orElseThrow();
        assertThat(wish.rights())
                .extracting(Impersonation.Right::resource)
                .containsExactly("users", "groups", "userextras");
        assertThat(wish.user().groups()).containsExactly("dev", "system:authenticated");
    }

    @Test
    void givesAServiceAccountItsGroups() {
        HttpHeaders headers = new DefaultHttpHeaders().add("Impersonate-User", "system:serviceaccount:ns:robot");

        Impersonation.Wish wish = Impersonation.read(headers).orElseThrow();
        assertThat(wish.rights()).containsExactly(new Impersonation.Right("", "serviceaccounts", "", "ns", "robot"));
        assertThat(wish.user().groups()).contains("system:serviceaccounts:ns", "system:authenticated");
    }

    @Test
    void refusesAGroupWithoutAUser() {
        HttpHeaders headers = new DefaultHttpHeaders().add("Impersonate-Group", "dev");

        assertThatThrownBy(() -> Impersonation.read(headers)).isInstanceOf(ApiException.class);
        assertThat(Impersonation.read(new DefaultHttpHeaders())).isEmpty();
    }
}
