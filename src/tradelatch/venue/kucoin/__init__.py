"""The venue's second face: KuCoin Spot's REST protocol, under ``/kucoin``, on the same house.

Shapes, words and codes as https://www.kucoin.com/docs-new lists them. Where KuCoin has what this
exchange has not (margin, iceberg orders, websockets) it is refused in a sentence.
"""
