package io.kybern.apiserver.admission;

/** What a request is about to do, as admission webhooks and policies name it. */
public enum AdmissionOperation {
    CREATE,
    UPDATE,
    DELETE,
    CONNECT
}
