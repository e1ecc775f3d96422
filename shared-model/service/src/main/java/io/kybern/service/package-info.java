/** The start-up that every Boot service shares: configuration names, health, metrics. */
@NullMarked
package io.kybern.service;

import org.jspecify.annotations.NullMarked;
