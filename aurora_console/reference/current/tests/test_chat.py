import unittest

from aurora_api.chat import find_examples, understand


class ChatTest(unittest.TestCase):
    def test_examples_are_found_anywhere_in_a_message(self):
        cases = {
            "1->2, 5->6": [(1, 2), (5, 6)],
            "please find 1 -> 2 and 5 => 6!": [(1, 2), (5, 6)],
            "-3->3; 4->4": [(-3, 3), (4, 4)],
            '"a b"->"b a"': [("a b", "b a")],
            "'ab' -> 'ba'": [("ab", "ba")],
            "[3,1,2]->[1,2,3], []->[]": [([3, 1, 2], [1, 2, 3]), ([], [])],
            "in 2 words: 7 → 8": [(7, 8)],
        }
        for message, pairs in cases.items():
            with self.subTest(message):
                self.assertEqual([(e["input"], e["output"]) for e in find_examples(message)], pairs)

    def test_plain_requests_are_understood(self):
        cases = {
            "help": "help",
            "Hello!": "help",
            "status?": "status",
            "how are you?": "status",
            "explain": "explain",
            "explain 1->2, 5->6": "explain",
            "1->2": "synthesize",
            "paint me a picture": "unknown",
            "": "unknown",
            "[[[[": "unknown",
            "1->": "unknown",
        }
        for message, intent in cases.items():
            with self.subTest(message):
                self.assertEqual(understand(message).intent, intent)


if __name__ == "__main__":
    unittest.main()
