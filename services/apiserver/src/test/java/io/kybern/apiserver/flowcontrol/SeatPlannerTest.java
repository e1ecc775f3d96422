package io.kybern.apiserver.flowcontrol;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.flowcontrol.SeatPlanner.Wish;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SeatPlannerTest {

    @Test
    void nobodyGetsLessThanWhatIsItsOwnIfItNeedsIt() {
        assertThat(SeatPlanner.share(List.of(new Wish(10, 5, 100, 50), new Wish(20, 10, 100, 50))))
                .containsExactly(10, 20);
    }

    @Test
    void whoNeedsMoreGetsWhatOthersLend() {
        assertThat(SeatPlanner.share(List.of(new Wish(10, 0, 100, 50), new Wish(20, 10, 100, 0))))
                .containsExactly(20, 10);
        assertThat(SeatPlanner.share(List.of(new Wish(10, 0, 4, 50), new Wish(20, 10, 100, 0))))
                .as("up to what it may borrow")
                .containsExactly(14, 16);
    }

    @Test
    void theSeatsNeverGrow() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            List<Wish> wishes = new ArrayList<>();
            for (int each = 0; each < 1 + random.nextInt(8); each++) {
                int nominal = random.nextInt(200);
                wishes.add(new Wish(nominal, random.nextInt(nominal + 1), random.nextInt(300), random.nextInt(400)));
            }
            List<Integer> seats = SeatPlanner.share(wishes);
            String what = "seed " + seed + ": " + wishes + " -> " + seats;
            int total = wishes.stream().mapToInt(Wish::nominal).sum();
            assertThat(seats.stream().mapToInt(Integer::intValue).sum())
                    .as(what)
                    .isLessThanOrEqualTo(total);
            for (int each = 0; each < wishes.size(); each++) {
                Wish wish = wishes.get(each);
                assertThat(seats.get(each)).as(what).isBetween(wish.least(), wish.most());
            }
        }
    }

    @Test
    void aHandHoldsDifferentQueues() {
        for (int flow = 0; flow < 1000; flow++) {
            int[] hand = ShuffleSharding.hand(ShuffleSharding.hash("schema", "user-" + flow), 64, 6);

            assertThat(hand).hasSize(6);
            assertThat(new HashSet<>(Arrays.stream(hand).boxed().toList())).hasSize(6);
            assertThat(Arrays.stream(hand).allMatch(queue -> queue >= 0 && queue < 64))
                    .isTrue();
        }
        assertThat(ShuffleSharding.hand(5, 2, 6)).hasSize(2);
    }
}
