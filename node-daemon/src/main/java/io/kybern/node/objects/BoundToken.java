package io.kybern.node.objects;

import java.time.Instant;

/** A service-account token and when it stops being valid. */
public record BoundToken(String token, Instant expiresAt) {}
