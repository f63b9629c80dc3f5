import json
import threading
import unittest

from aurora_synthesis import Limits, TaskError, read_task, search
from aurora_synthesis.language import evaluate

SOLVABLE = {
    "add(x, 1)": [(1, 2), (5, 6)],
    "mul(x, x)": [(2, 4), (3, 9), (5, 25)],
    "sum(upto(x))": [(1, 1), (3, 6), (4, 10)],
    "mirror(x)": [("ab", "ba"), ("xyz", "zyx")],
    'upper(join(x, "!"))': [("ab", "AB!"), ("c", "C!")],
    'join(digits(x), " items")': [(10, "10 items"), (3, "3 items")],
    "sorted(x)": [([3, 1, 2], [1, 2, 3]), ([9, 8], [8, 9])],
    "each_mul(x, 2)": [([1, 2, 3], [2, 4, 6]), ([5], [10])],
    "sum(x)": [([1, 2, 3], 6), ([4], 4), ([], 0)],
    'glue(turned(words(x)), " ")': [("one two", "two one"), ("x yy z", "z yy x")],
    "7": [(1, 7), (2, 7)],
}
PRIMES = [(1, 2), (2, 3), (3, 5), (4, 7), (5, 11), (6, 13), (7, 17)]


def task(pairs):
    return read_task([{"input": given, "output": wanted} for given, wanted in pairs])


class SearchTest(unittest.TestCase):
    def test_finds_the_smallest_program(self):
        for program, pairs in SOLVABLE.items():
            with self.subTest(program):
                answer = search(task(pairs))
                self.assertEqual(str(answer.program), program)
                for given, wanted in zip(task(pairs).inputs, task(pairs).outputs, strict=True):
                    self.assertEqual(evaluate(answer.program, given), wanted)

    def test_finds_the_same_after_the_same_number_of_candidates(self):
        answers = {(str(a.program), a.nodes) for a in (search(task([(1, 3), (2, 5), (3, 7)])) for _ in range(3))}
        self.assertEqual(len(answers), 1)

    def test_explains_the_program_on_the_first_example(self):
        answer = search(task([(1, 1), (3, 6), (4, 10)]))
        self.assertEqual(answer.steps[0], "the input x is 1")
        self.assertEqual(answer.steps[-1], "sum(upto(x)) is the sum of upto(x): 1")

    def test_one_example_is_not_answered_with_a_constant(self):
        self.assertIn("x", str(search(task([(1, 2)])).program))

    def test_a_hard_task_is_given_up_at_its_candidates(self):
        answer = search(task(PRIMES), Limits(seconds=60, nodes=5000))
        self.assertFalse(answer.solved)
        self.assertEqual(answer.reason, "not found within 5000 candidates")
        self.assertEqual(answer.steps, [])

    def test_a_hard_task_is_given_up_at_its_deadline(self):
        answer = search(task(PRIMES), Limits(seconds=0.05, nodes=10**9))
        self.assertEqual(answer.reason, "not found within 0.05 s")

    def test_a_search_nobody_waits_for_ends(self):
        cancelled = threading.Event()
        cancelled.set()
        self.assertIn("stopping", search(task(PRIMES), Limits(seconds=60, nodes=10**9), cancelled=cancelled).reason)

    def test_costs_change_what_is_tried_first(self):
        pairs = [(2, 4), (3, 6)]
        self.assertEqual(str(search(task(pairs)).program), "add(x, x)")
        self.assertEqual(str(search(task(pairs), costs={"add": 5}).program), "mul(x, 2)")


class TaskTest(unittest.TestCase):
    def test_types_are_found(self):
        self.assertEqual((task([("a", 1)]).takes, task([("a", 1)]).gives), ("str", "int"))
        self.assertEqual(task([([], 0), (["a"], 1)]).takes, "strs")

    def test_what_is_no_task_is_refused_with_a_reason(self):
        cases = {
            "at least one": [],
            "at most": [{"input": 1, "output": 1}] * 21,
            'an "input" and an "output"': [{"input": 1}],
            "must be an integer": [{"input": 1.5, "output": 1}],
            "the output of example 1": [{"input": 1, "output": True}],
            "mixes": [{"input": [1, "a"], "output": 1}],
            "one type": [{"input": 1, "output": 1}, {"input": "a", "output": 1}],
            "contradict": [{"input": 1, "output": 1}, {"input": 1, "output": 2}],
            "too large": [{"input": 10**12, "output": 1}],
        }
        for reason, examples in cases.items():
            with self.subTest(json.dumps(examples)[:60]), self.assertRaisesRegex(TaskError, reason):
                read_task(examples)


if __name__ == "__main__":
    unittest.main()
