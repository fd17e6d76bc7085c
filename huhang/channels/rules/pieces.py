"""Words in pieces that fit into one message of WeChat or WeCom."""

# In bytes of UTF-8, at both.
LONGEST = 2048


def cut(text: str) -> list[str]:
    """Words in pieces that fit, at the end of a line where there is one in the piece's second half."""
    pieces, rest = [], text
    while rest:
        piece = rest.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
        line = piece.rfind("\n") + 1
        if len(piece) < len(rest) and line > len(piece) // 2:
            piece = piece[:line]
        pieces.append(piece)
        rest = rest[len(piece) :]
    return pieces
