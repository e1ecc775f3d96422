package io.kybern.systemtests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** A test class that speaks to the API itself; what it does before and after all of its tests finds the connection open. */
abstract class ApiTest extends ClusterTest {

    /** With the rights of an administrator. */
    ClusterApi api;

    @BeforeAll
    void connect() {
        api = ClusterApi.open(kubectl);
    }

    @AfterAll
    void disconnect() {
        api.close();
    }
}
