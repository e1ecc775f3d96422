/** Work queue, Reconciler runtime, leader election, event recorder, API client set-up. */
@NullMarked
package io.kybern.controller;

import org.jspecify.annotations.NullMarked;
