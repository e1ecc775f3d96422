/** The demo's front end: writes to a Redis leader, reads from its followers, shows pages. */
@NullMarked
package io.kybern.examples.guestbook;

import org.jspecify.annotations.NullMarked;
